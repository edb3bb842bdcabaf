"""The BlenderKit library over HTTP: search, download links, files.

Its shapes are those of version 1 of the interface as BlenderKit's own add-on uses it (github.com/BlenderKit/blenderkit,
``search.py`` and ``client/download.go``): ``/api/v1/search/`` answers with models and their ``files``; each file's
``downloadUrl`` answers with a signed ``filePath`` elsewhere, which expires and needs no key. In 2026 the library took
the name Blendkit and moved to the address below; what it calls things stayed.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from spacenum.core.errors import SpaceNumError
from spacenum.core.provenance import atomic_path, first_problem, sha256_of
from spacenum.scenes.assets.blenderkit.selection import TEXTURE_PIXELS, BaseId, Pin, Resolution
from spacenum.scenes.assets.manifest import Size3

KEY_VARIABLE = "BLENDERKIT_API_KEY"
SERVER_VARIABLE = "BLENDERKIT_SERVER"
SERVER = "https://www.blendkit.com"
HOW_TO_GET_A_KEY = (
    f"copy the API key from your profile on www.blendkit.com into the environment variable {KEY_VARIABLE}"
)
LINKS = 3
"""Download links to ask for before a file is given up: one may have expired, or the transfer may break."""
TIMEOUT_S = 60
LONGEST_WAIT_S = 120
_AGENT = "SpaceNum (https://arxiv.org/abs/2605.23898)"
T = TypeVar("T", bound=BaseModel)
_PIN_ANOTHER = "put 'to-be-pinned' in its place in blenderkit.yaml and run 'python -m scripts.pin_blenderkit'"
_SCENE = "00000000-0000-0000-0000-000000000000"  # the service wants to hear of a scene; ours has no identity
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_BUSY = (429, 500, 502, 503, 504)


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel, protected_namespaces=())


class OfferedFile(_Answer):
    """file_type: ``blend``, ``resolution_1K``, ``thumbnail`` …"""

    file_type: str
    download_url: str = ""


class Author(_Answer):
    full_name: str | None = None


class Offer(_Answer):
    """A model as a search answers it.

    dict_parameters: its author's figures, among them ``faceCount``, and ``dimensionX``, ``Y`` and ``Z`` in metres.
    """

    asset_base_id: BaseId
    name: str
    version_number: int = Field(ge=1)
    license: str | None = None
    is_free: bool = False
    can_download: bool = True
    source_app_version: str | None = None
    author: Author | None = None
    dict_parameters: dict[str, Any] = {}
    files: tuple[OfferedFile, ...] = ()

    @property
    def author_name(self) -> str:
        return (self.author and self.author.full_name) or "unknown"

    @property
    def dimensions(self) -> Size3 | None:
        """Width, depth and height in metres in the file's own axes; None if its author gave none."""
        sides = [self.dict_parameters.get(f"dimension{axis}") for axis in "XYZ"]
        if not all(isinstance(side, (int, float)) for side in sides):
            return None
        return float(sides[0]), float(sides[1]), float(sides[2])  # type: ignore[arg-type]

    def link(self, resolution: str) -> str | None:
        """Where to ask for the file of a resolution; None if there is none."""
        return next((file.download_url for file in self.files if file.file_type == resolution), None)

    def nearest(self, resolution: Resolution) -> Resolution | None:
        """The resolution to take in place of one that there may not be, as BlenderKit's add-on chooses it.

        The nearest in pixels, else the file as uploaded (``GetResolutionFile`` in its ``client/download.go``); None if
        the model has no file to open.
        """
        offered = [name for name in TEXTURE_PIXELS if self.link(name)] if resolution in TEXTURE_PIXELS else []
        if offered:
            return min(offered, key=lambda name: abs(TEXTURE_PIXELS[name] - TEXTURE_PIXELS[resolution]))
        return "blend" if self.link("blend") else None


class _Results(_Answer):
    results: tuple[Offer, ...] = Field()


class _Signed(_Answer):
    file_path: str = Field(min_length=1)


class _Key(requests.auth.AuthBase):
    """Puts the key on a request. Its text never holds the key, and ``requests`` drops it when
    a redirect leaves the host."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._key}"
        return request


class Unavailable(SpaceNumError):
    """A model that can't be had from this server by this account, whereas others may."""


class _Broken(Exception):
    """A link that gives no whole file; another one may."""


def _anonymous(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """No credentials, not even those of a netrc file."""
    return request


class Service:
    """The library with a key. One request at a time, ``pause_s`` seconds apart; busy servers are asked again.

    The key is sent to ``server`` alone, is in no message, and is written nowhere.
    """

    def __init__(self, server: str, key: str, pause_s: float = 0.5) -> None:
        self._server, self._auth, self._pause_s = server.rstrip("/"), _Key(key), pause_s
        parts = urlsplit(self._server)
        if not parts.hostname or (parts.scheme != "https" and parts.hostname not in _LOOPBACK):
            raise SpaceNumError(
                f"{SERVER_VARIABLE} is '{server}'; it must be an https:// address, or the key could be read"
            )
        self._origin = (parts.scheme, parts.netloc)
        logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)  # its warnings hold links
        self._session = requests.Session()
        self._session.headers["User-Agent"] = _AGENT
        retry = Retry(
            5, connect=2, backoff_factor=2 * pause_s, status_forcelist=_BUSY, raise_on_status=False,
            retry_after_max=LONGEST_WAIT_S,
        )  # fmt: skip
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry))

    @classmethod
    def from_environment(cls) -> Service:
        """The service that the environment names; SpaceNumError if it holds no key."""
        key = os.environ.get(KEY_VARIABLE, "").strip()
        if not key:
            raise SpaceNumError(
                f"the pack blenderkit needs an account: {HOW_TO_GET_A_KEY}, or choose 'pack: procedural' in the "
                "study's config"
            )
        if not key.isascii() or not key.isprintable():
            raise SpaceNumError(f"{KEY_VARIABLE} holds characters that no key has; {HOW_TO_GET_A_KEY}")
        return cls(os.environ.get(SERVER_VARIABLE, SERVER), key)

    def search(self, words: str, filters: Iterable[str], most: int = 100) -> tuple[Offer, ...]:
        """Models for ``words``, best first. filters: terms of the query such as ``license:cc_zero``."""
        query = " ".join([words, "asset_type:model", *filters, "order:_score"])
        return self._search(query, most)

    def _search(self, query: str, most: int) -> tuple[Offer, ...]:
        parameters = {"query": query, "dict_parameters": "1", "page_size": str(most)}
        return self._json(f"{self._server}/api/v1/search/", parameters, _Results, "the search").results

    def find(self, pin: Pin) -> Offer:
        """The pinned version as it is offered now; SpaceNumError if it isn't any more."""
        offers = [o for o in self._search(f"asset_base_id:{pin.base_id}", 20) if o.asset_base_id == pin.base_id]
        if not offers:
            raise SpaceNumError(f"BlenderKit no longer offers {pin.title}; {_PIN_ANOTHER}")
        offer = next((o for o in offers if o.version_number == pin.version), None)
        if offer is None:
            raise SpaceNumError(
                f"BlenderKit offers version {offers[0].version_number} of {pin.title} now; {_PIN_ANOTHER}"
            )
        if not offer.link(pin.resolution):
            raise SpaceNumError(f"BlenderKit no longer offers the file {pin.resolution} of {pin.title}; {_PIN_ANOTHER}")
        return offer

    def download(self, offer: Offer, resolution: str, path: Path, sha256: str | None = None) -> None:
        """Write a file to ``path``, whole or not at all. SpaceNumError if it can't be had or isn't ``sha256``."""
        problem = ""
        for _ in range(LINKS):
            try:
                with atomic_path(path) as temporary:
                    self._transfer(self._signed(offer, resolution), temporary)
                    found = sha256_of(temporary)
                    if sha256 not in (None, found):
                        raise SpaceNumError(
                            f"the download of '{offer.name}' ({offer.asset_base_id}, {resolution}) has sha256 {found}, "
                            f"not the {sha256} that is pinned: the library changed it; {_PIN_ANOTHER}"
                        )
                return
            except _Broken as error:
                problem = str(error)
        raise SpaceNumError(
            f"the download of '{offer.name}' ({offer.asset_base_id}, {resolution}) failed {LINKS} times: {problem}; "
            "run the same command again later, which keeps what is already there"
        )

    def _signed(self, offer: Offer, resolution: str) -> str:
        """A fresh download link, which is a secret too."""
        link = offer.link(resolution)
        if link is None:
            raise SpaceNumError(f"BlenderKit offers no file {resolution} of '{offer.name}' ({offer.asset_base_id})")
        what = f"version {offer.version_number} of '{offer.name}' ({offer.asset_base_id}, {resolution})"
        return self._json(link, {"scene_uuid": _SCENE}, _Signed, what).file_path

    def _transfer(self, link: str, path: Path) -> None:
        """Download a link, without the key; _Broken if it can't be had whole."""
        time.sleep(self._pause_s)
        try:
            with self._session.get(link, stream=True, timeout=TIMEOUT_S, auth=_anonymous) as reply:
                if not reply.ok:
                    raise _Broken(f"its link was refused with status {reply.status_code}")
                with path.open("wb") as file:
                    for block in reply.iter_content(1 << 20):
                        file.write(block)
        except requests.RequestException as error:  # whose text would hold the link, a secret for as long as it lives
            raise _Broken(f"the transfer broke off ({type(error).__name__})") from None

    def _json(self, url: str, parameters: dict[str, str], kind: type[T], what: str) -> T:
        """Ask the server for something typed, with the key."""
        parts = urlsplit(url)
        if (parts.scheme, parts.netloc) != self._origin:
            raise SpaceNumError(
                f"{self._server} names another server for {what}, {parts.scheme}://{parts.netloc}, and the key isn't "
                f"sent there; if the library has moved, set {SERVER_VARIABLE} to that address"
            )
        time.sleep(self._pause_s)
        try:
            reply = self._session.get(url, params=parameters, timeout=TIMEOUT_S, auth=self._auth)
        except requests.RequestException as error:
            raise SpaceNumError(
                f"{self._server} can't be reached ({type(error).__name__}) for {what}; check the network, and run the "
                "same command again: what is already downloaded is kept"
            ) from None
        _check_status(reply.status_code, self._server, what)
        try:
            return kind.model_validate_json(reply.content)
        except ValidationError as error:
            where = first_problem(error).split(" (got ")[0]  # what it got may be a secret
            raise SpaceNumError(
                f"{self._server} answered for {what} in a shape that isn't that of version 1 of its interface: {where}"
            ) from None


def _check_status(status: int, server: str, what: str) -> None:
    """SpaceNumError unless a request went well."""
    if status < 400:
        return
    if status == 401:
        raise SpaceNumError(f"{server} refused the API key in {KEY_VARIABLE} (status 401); {HOW_TO_GET_A_KEY}")
    if status == 403:
        raise Unavailable(f"{server} doesn't give {what} to this account (status 403); {_PIN_ANOTHER}")
    if status in (404, 410):
        raise Unavailable(f"{server} no longer has {what} (status {status}); {_PIN_ANOTHER}")
    reason = "is busy or limits requests" if status in _BUSY else "answered with an error"
    raise SpaceNumError(
        f"{server} {reason} (status {status}) for {what}; run the same command again later, "
        "which keeps what is already there"
    )
