"""The description of the API: OpenAPI as JSON, and a page that lists the operations without asking third parties."""

from html import escape
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import HTMLResponse

from api.sign_in.dependencies import scope_of
from api.web.problems import Problem

METHODS = ("get", "post", "put", "patch", "delete")

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title} API</title></head>
<body>
<main>
<h1>{title} API</h1>
<p>{description}</p>
<p>The machine-readable description is <a href="openapi.json">openapi.json</a> (OpenAPI {openapi}). Send
<code>Authorization: Bearer …</code> with a token from the page of tokens, or printed by
<code>ideenweg token EMAIL</code>; it opens what its scopes name. Every error is
<code>application/problem+json</code> (RFC 9457); its <code>code</code> is for programs.</p>
{sections}
</main>
</body>
</html>
"""


def describe_api(app: FastAPI) -> None:
    """Complete the OpenAPI document and serve the page beside it."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            app.openapi_schema = _with_scopes(_with_problems(schema))
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]

    async def show_docs() -> HTMLResponse:
        return HTMLResponse(render_docs(app.openapi()))

    app.add_api_route("/api/v1/docs", show_docs, include_in_schema=False)


def render_docs(schema: dict[str, Any]) -> str:
    """The operations by path, each with its parameters, fields and answers."""
    sections = [
        _section(path, method, operations[method])
        for path, operations in schema["paths"].items()
        for method in METHODS
        if method in operations
    ]
    info = schema["info"]
    return PAGE.format(
        title=escape(info["title"]),
        description=escape(info.get("description", "")),
        openapi=escape(schema["openapi"]),
        sections="\n".join(sections),
    )


def _section(path: str, method: str, operation: dict[str, Any]) -> str:
    lines = [f"<h2><code>{method.upper()} {escape(path)}</code></h2>", f"<p>{escape(operation['summary'])}</p>"]
    parameters = "".join(_parameter(parameter) for parameter in operation.get("parameters", ()))
    if parameters:
        lines.append(f"<dl>{parameters}</dl>")
    if body := _body_of(operation):
        lines.append(f"<p>Body: <code>{escape(body)}</code></p>")
    if scopes := sorted({scope for scheme in operation.get("security", ()) for scope in scheme["HTTPBearer"]}):
        lines.append(f"<p>Scope: <code>{escape(' '.join(scopes))}</code></p>")
    answers = [f"{status} {answer['description']}" for status, answer in operation["responses"].items()]
    lines.append(f"<p>Answers: {escape(', '.join(answers))}</p>")
    return "\n".join(lines)


def _parameter(parameter: dict[str, Any]) -> str:
    name, place = escape(parameter["name"]), escape(parameter["in"])
    return f"<dt><code>{name}</code> ({place})</dt><dd>{escape(parameter.get('description', ''))}</dd>"


def _body_of(operation: dict[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    return str(reference.rpartition("/")[2])


def _with_problems(schema: dict[str, Any]) -> dict[str, Any]:
    """Add the schema of a problem, and take out FastAPI's own: an id in a path that is none is a 404 here."""
    components = schema.setdefault("components", {}).setdefault("schemas", {})
    parts = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components.update(parts.pop("$defs", {}))
    components["Problem"] = parts
    for unused in ("HTTPValidationError", "ValidationError"):
        components.pop(unused, None)
    for operations in schema["paths"].values():
        for operation in operations.values():
            if "HTTPValidationError" in str(operation["responses"].get("422")):
                del operation["responses"]["422"]
    return schema


def _with_scopes(schema: dict[str, Any]) -> dict[str, Any]:
    """Say of each operation which scope of a token it needs, also of those that need what their method does."""
    for operations in schema["paths"].values():
        for method, operation in operations.items():
            for scheme in operation.get("security", ()):
                for name, scopes in scheme.items():
                    scheme[name] = scopes or [scope_of(method)]
    return schema
