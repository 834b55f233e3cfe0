"""The campaign package as files that people take to the platform: texts, tables, images, checklist.

Pure but for the templates that are read: the same package gives the same bytes, so a package can be compared.
"""

from activities.packaging.archive import ImageMissing, render
from activities.packaging.package_facts import PackageDetails, describe

__all__ = ["ImageMissing", "PackageDetails", "describe", "render"]
