"""The checker that goes with the notebooks: ``carta.exercises`` and its material as a small wheel.

A wheel is a zip file that Python imports as it is, so a notebook finds it lying beside itself; or ``pip install`` takes
it, without any network. The same content always gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import carta
import carta.exercises
from carta.exercises.material import FILE
from carta.files import digest

_NAME = "carta_exercises"
#: The earliest date that a zip file can hold.
_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Wheel:
    """A wheel in memory."""

    #: The file's name, which says what is in it.
    name: str
    content: bytes


def make_wheel(material: Mapping[str, Any]) -> Wheel:
    """Return the wheel with this material (:func:`carta.workbook.material.material_of`)."""
    package = Path(carta.exercises.__file__).parent
    files = {
        "carta/__init__.py": Path(carta.__file__).read_bytes(),
        **{
            f"carta/exercises/{path.relative_to(package).as_posix()}": path.read_bytes()
            for path in sorted(package.rglob("*.py"))
        },
        f"carta/exercises/{FILE}": json.dumps(material, ensure_ascii=False, separators=(",", ":")).encode(),
    }
    # Another content is another version, or pip would keep what it has.
    mark = digest(*(part for name, raw in sorted(files.items()) for part in (name, raw)))[:10]
    version = f"{carta.__version__}+b{mark}"
    info = f"{_NAME}-{version}.dist-info"
    files[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: carta-exercises\nVersion: {version}\n"
        "Summary: Exercises of CARTA, checked on the spot\nLicense: MIT\nRequires-Python: >=3.10\n"
    ).encode()
    files[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: carta\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    record = [f"{name},sha256={_hash(raw)},{len(raw)}" for name, raw in files.items()]
    files[f"{info}/RECORD"] = ("\n".join([*record, f"{info}/RECORD,,"]) + "\n").encode()
    return Wheel(f"{_NAME}-{version}-py3-none-any.whl", make_zip(files))


def make_zip(files: Mapping[str, bytes]) -> bytes:
    """Return a zip file with these files by path; equal content gives equal bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return stream.getvalue()


def _hash(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
