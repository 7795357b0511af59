"""The script that makes a figure live, as one ES module without any other file."""

from __future__ import annotations

from functools import cache

import vl_convert


@cache
def vega_bundle() -> str:
    """Return Vega, Vega-Lite and vega-embed as one module that exports ``embed`` (about 0.9 MB).

    ``embed`` is ``vegaEmbed``: ``embed(element, spec, options)`` returns a promise of its view. As a
    plain script the bundle would declare hundreds of globals, one of which collides with
    Sphinx's own; so it must be loaded as a module (``import`` or ``type="module"``).
    The text depends on the installed version of ``vl-convert-python`` alone.
    """
    return str(vl_convert.javascript_bundle("export const embed = vegaEmbed;"))
