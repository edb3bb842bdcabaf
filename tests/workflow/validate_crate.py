"""Validate a crate without a network: the context comes from the package rocrate. Run where roc-validator is installed.

python validate_crate.py CRATE: prints what is required and missing, one line each; status 1 if anything is.
"""

import json
import sys
from importlib import resources

from rdflib.plugins.shared.jsonld import context as jsonld_context
from rdflib.plugins.shared.jsonld import util as jsonld_util
from rocrate_validator import services
from rocrate_validator.utils import document_loader

CONTEXT = json.loads(resources.files("rocrate").joinpath("data/ro-crate.jsonld").read_text(encoding="utf-8"))


for term in ("ComputationalWorkflow", "FormalParameter"):  # as the context of 1.1 has them, which the package lacks
    CONTEXT["@context"][term] = f"https://bioschemas.org/{term}"
READ = jsonld_util.source_to_json


def local(source, *args, **kwargs):
    if isinstance(source, str) and source.startswith("https://w3id.org/ro/crate/"):
        return CONTEXT, None
    return READ(source, *args, **kwargs)


document_loader._patched_source_to_json = local
jsonld_context.source_to_json = jsonld_util.source_to_json = local
settings = services.ValidationSettings(
    rocrate_uri=sys.argv[1], profile_identifier="workflow-run-crate", requirement_severity="REQUIRED", no_cache=True
)
result = services.validate(settings)
issues = [issue for issue in result.get_issues() if "w3id.org" not in str(issue.message)]  # the context's own address
for issue in issues:
    print(issue.severity, issue.message, issue.violatingEntity)
sys.exit(bool(issues))
