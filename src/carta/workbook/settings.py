"""Where the site and the notebooks are on the network, as ``_config.yml`` says; by default nowhere.

Under ``sphinx: config: carta_notebooks:`` stand ``site`` (address of the site), ``colab`` and ``binder`` (addresses to
which the file of a notebook is added).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

#: The name of the settings in ``_config.yml``.
SETTING = "carta_notebooks"
_SERVICES = {"colab": "Colab", "binder": "Binder"}


class SettingsError(ValueError):
    """The settings cannot be used; the message says which and why."""


@dataclass(frozen=True)
class NotebookSettings:
    """Addresses; an empty one means that there is none."""

    #: Of the site, without a slash at its end.
    site: str = ""
    colab: str = ""
    binder: str = ""

    def launch_links(self, file: str) -> dict[str, str]:
        """Return the addresses at which a notebook opens, by the name of the service; none by default."""
        return {
            label: getattr(self, name) + quote(file)
            for name, label in _SERVICES.items()
            if getattr(self, name)
        }


def read_settings(root: Path) -> NotebookSettings:
    """Read the settings of a project; without ``_config.yml`` there are none.

    Raises:
        SettingsError: when they are no addresses.
    """
    try:
        content = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return NotebookSettings()
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"_config.yml cannot be read: {error}") from error
    return settings_from(_within(content, "sphinx", "config", SETTING))


def settings_from(values: Any) -> NotebookSettings:
    """Make settings of what stands under :data:`SETTING`.

    Raises:
        SettingsError: when they are no addresses.
    """
    if not values:
        return NotebookSettings()
    known = ("site", *_SERVICES)
    if not isinstance(values, dict):
        raise SettingsError(f"_config.yml: {SETTING} is {values!r}; write {', '.join(known)} below it")
    for name, address in values.items():
        if name not in known:
            raise SettingsError(
                f"_config.yml: {SETTING} has no setting {name!r}; there are {', '.join(known)}"
            )
        if address and not str(address).startswith(("https://", "http://")):
            raise SettingsError(f"_config.yml: {SETTING}: {name} is {address!r}, no address (https://...)")
    given = {name: str(address or "") for name, address in values.items()}
    return NotebookSettings(**{**given, "site": given.get("site", "").rstrip("/")})


def _within(content: Any, *names: str) -> Any:
    for name in names:
        content = content.get(name) if isinstance(content, dict) else None
    return content
