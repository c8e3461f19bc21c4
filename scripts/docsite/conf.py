"""Sphinx's settings; `scripts/docs` gives it the source folder, and says whether notebooks are run."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from docsite.autodoc import connect  # noqa: E402
from pyspice_models import __version__  # noqa: E402

project = "ag2s-crossbar"
version = release = __version__
html_title = f"ag2s-crossbar {__version__}"
language = "en"
smartquotes = False  # words stand as they were written, and can be searched so
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
exclude_patterns = ["studies", "files", "tutorials/*/*"]
default_role = "name"
add_module_names = False
toc_object_entries = False  # the names have headings

myst_heading_anchors = 4

nb_execution_timeout = 600
nb_execution_raise_on_error = True
nb_execution_in_temp = False  # beside the studies, as in the folder of `ag2s init`
nb_merge_streams = True

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
autodoc_type_aliases = {"ArrayLike": "ArrayLike", "Array": "Array"}
python_maximum_signature_line_length = 88
napoleon_custom_sections = [("Attributes", "params_style")]  # their names are no links
napoleon_use_rtype = False

html_theme = "furo"
html_static_path = [str(HERE / "static")]
html_css_files = ["site.css"]
html_logo = str(HERE / "static" / "crossbar.svg")
html_favicon = str(HERE / "static" / "crossbar.svg")
html_copy_source = False
html_show_search_summary = False  # which the search would fetch, and no page from a disk may
html_show_copyright = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b5c8f", "color-brand-content": "#0b5c8f"},
    "dark_css_variables": {"color-brand-primary": "#6cb8e6", "color-brand-content": "#6cb8e6"},
}
copybutton_exclude = ".linenos, .gp, .go"
pygments_style = "tango"


def setup(app: object) -> None:
    """What autodoc is taught of the package."""
    connect(app)
