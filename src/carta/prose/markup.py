"""Which parts of MyST roles and directives a reader sees as prose."""

from __future__ import annotations

import re

#: Roles whose whole content is shown as it stands.
SHOWN_ROLES = frozenset(
    {
        "abbr", "dfn", "emphasis", "guilabel", "menuselection", "strong",
        "sub", "subscript", "sup", "superscript", "term", "title-reference",
    }
)  # fmt: skip

#: Roles that show bound values, formulas or code, whatever their content says.
#: A prefix such as ``fact:`` or ``cite:`` counts as the role before the colon.
BOUND_ROLES = frozenset(
    {"answer", "bib", "cite", "code", "eq", "fact", "footcite", "footcitet", "given", "glue", "math", "raw"}
)

#: Directives whose argument is a title or caption.
TITLED_DIRECTIVES = frozenset(
    {
        "admonition", "card", "centered", "csv-table", "dropdown", "grid-item-card",
        "list-table", "option", "prf:algorithm", "prf:definition", "prf:example", "prf:proof", "prf:remark",
        "prf:theorem", "rubric", "sidebar", "tab-item", "table", "topic",
    }
)  # fmt: skip

#: Directives without an argument: what stands on the first line already belongs to the body.
BODY_ON_FIRST_LINE = frozenset(
    {
        "attention", "caution", "danger", "epigraph", "error", "hint", "highlights", "important",
        "margin", "note", "pull-quote", "seealso", "tip", "warning",
    }
)  # fmt: skip

#: Directives whose body is code, a formula, data or a list of pages.
BODY_NOT_PROSE = frozenset(
    {
        "bibliography", "code", "code-block", "code-cell", "contents", "glue", "glue:any", "glue:math",
        "glue:md", "glue:text", "graphviz", "highlight", "image", "include", "index", "literalinclude",
        "math", "mermaid", "raw", "raw-cell", "sourcecode", "tableofcontents", "toctree",
    }
)  # fmt: skip

#: Directives whose body is a caption and its legend.
CAPTIONED_DIRECTIVES = frozenset({"drawing", "figure", "figure-md", "glue:figure"})

#: Notebook cells: their options are full YAML, not MyST's restricted form.
CELLS = frozenset({"code-cell", "raw-cell"})


#: A role that needs no content, written as authors do; Markdown takes two ticks for the start of code.
_EMPTY_ROLE = re.compile(r"\{(answer)\}``(?!`)")


def fill_empty_roles(text: str) -> str:
    """Give ``{answer}`` with two ticks and nothing between them a content, so that Markdown reads it as a role."""
    return _EMPTY_ROLE.sub(r"{\1}`value`", text)


def base_role(name: str) -> str:
    """Return the role without what follows a colon: ``cite`` for ``cite:p``."""
    return name.partition(":")[0]
