"""Charts and drawings in other forms, by vl-convert: in this process, or in one that many processes share.

vl-convert holds a JavaScript engine, which takes about a second to start. A build that runs many notebooks starts a
server once and names its socket in ``CARTA_CONVERTER``; the same function of the same version is then called there.
Without the variable, or when the server is gone, the engine of this process does it.

This file is also the server's script (``python converter.py SOCKET``), so it needs little more than vl-convert. The
server ends when its standard input does.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any, Final

import vl_convert

from carta.files import CONVERTER_VARIABLE

# Charts are laid out with the letters that the site and the PDF show them in, whatever the machine has.
vl_convert.register_font_directory(str(Path(__file__).parent / "fonts"))

_CALLS: Final[dict[str, Callable[..., Any]]] = {
    "vegalite_to_svg": vl_convert.vegalite_to_svg,
    "svg_to_png": vl_convert.svg_to_png,
    "svg_to_pdf": vl_convert.svg_to_pdf,
}

#: Enough to start the engine and to read the fonts.
_FIRST: Final = '{"data": {"values": [{"a": 1}]}, "mark": "text", "encoding": {"text": {"field": "a"}}}'

#: The connection of this process, with the process that made it: a fork must not share it.
_connected: tuple[int, str, Connection[Any, Any]] | None = None
_one_at_a_time = threading.Lock()


def vegalite_to_svg(spec: str) -> str:
    """Draw a Vega-Lite specification with its data inside; no address is fetched.

    Raises:
        ValueError: Vega-Lite can't draw it.
    """
    # An empty list allows no address at all.
    return str(_call("vegalite_to_svg", spec, allowed_base_urls=[]))


def svg_to_png(svg: str, scale: float) -> bytes:
    """Return the SVG as PNG, ``scale`` pixels for each px.

    Raises:
        ValueError: the SVG can't be converted.
    """
    return bytes(_call("svg_to_png", svg, scale=scale))


def svg_to_pdf(svg: str) -> bytes:
    """Return the SVG as a one-page PDF, its objects in no order in particular.

    Raises:
        ValueError: the SVG can't be converted.
    """
    return bytes(_call("svg_to_pdf", svg))


def _call(name: str, *arguments: Any, **options: Any) -> Any:
    address = os.environ.get(CONVERTER_VARIABLE)
    if address:
        with _one_at_a_time:
            try:
                connection = _connection(address)
                connection.send((name, arguments, options))
                sound, answer = connection.recv()
            except (OSError, EOFError):
                _forget()
            else:
                if sound:
                    return answer
                raise ValueError(answer)
    return _CALLS[name](*arguments, **options)


def _connection(address: str) -> Connection[Any, Any]:
    global _connected
    if _connected is None or _connected[:2] != (os.getpid(), address):
        _connected = (os.getpid(), address, Client(address, "AF_UNIX"))
    return _connected[2]


def _forget() -> None:
    global _connected
    _connected = None


def _answer(connection: Connection[Any, Any]) -> None:
    while True:
        try:
            name, arguments, options = connection.recv()
        except (OSError, EOFError):
            return
        try:
            answer = (True, _CALLS[name](*arguments, **options))
        except Exception as error:  # noqa: BLE001  whatever the engine raises is the answer
            answer = (False, str(error))
        connection.send(answer)


def _serve(address: str) -> None:
    import sys

    def end_with_the_build() -> None:
        sys.stdin.read()
        os._exit(0)

    threading.Thread(target=end_with_the_build, daemon=True).start()
    with Listener(address, "AF_UNIX") as listener:
        # Those that connect meanwhile wait for their answer.
        svg = vl_convert.vegalite_to_svg(_FIRST, allowed_base_urls=[])
        vl_convert.svg_to_png(svg)
        vl_convert.svg_to_pdf(svg)
        while True:
            threading.Thread(target=_answer, args=(listener.accept(),), daemon=True).start()


if __name__ == "__main__":
    import sys

    _serve(sys.argv[1])
