from bursar_pdf._template import Template

__all__ = ["STATEMENT", "__version__", "render"]

__version__: str
STATEMENT: str

def render(document_json: str, template: Template) -> bytes: ...
