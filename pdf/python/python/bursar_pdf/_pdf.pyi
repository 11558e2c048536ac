from bursar_pdf._template import Template

__version__: str
STATEMENT: str

def render(document_json: str, template: Template) -> bytes: ...
