"""Running code of students apart from everything it could harm, and from the key it is judged by."""

from __future__ import annotations
