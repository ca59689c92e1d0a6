"""The page as an app: manifest, service worker, what is shown without the box, and the box's own CA to install."""

from __future__ import annotations

import hashlib
import json
import ssl
from typing import Any

from bottle import HTTPResponse

from web.assets import FILES, link
from web.certificate import fingerprint
from web.live import LIVE
from web.page import Access, Page
from web.visit import Visit

KEPT = ("style.css", *LIVE, "app.js", "icon.svg", "icon-192.png")  # for when the box is away
OFFLINE = "/offline"
SYSTEMS = {"Android": "android", "iPhone": "ios", "iPad": "ios", "Windows": "windows", "Macintosh": "macos",
           "Linux": "linux"}  # words of User-Agent headers, the first that is found


def manifest(visit: Visit) -> HTTPResponse:
    """W3C Web Application Manifest."""
    icons = [{"src": link(f"icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": "any"}
             for size in (192, 512)]
    whole = {"src": link("icon-maskable.png"), "sizes": "512x512", "type": "image/png", "purpose": "maskable"}
    return HTTPResponse(json.dumps({
        "id": "/me", "name": "Ringback", "short_name": "Ringback", "start_url": "/me", "scope": "/",
        "description": visit.say("Have yourself rung and connected by the office's box."),
        "lang": visit.language.code, "display": "standalone", "background_color": "#f5f6f4", "theme_color": "#0b6e5f",
        "protocol_handlers": [{"protocol": "tel", "url": "/me?to=%s"}], "icons": [*icons, whole],
    }), headers={"Content-Type": "application/manifest+json", "Cache-Control": "no-cache"})


def worker(visit: Visit) -> HTTPResponse:
    """Served at the root, so that it may answer for every page; it keeps what is in KEPT, and nothing of anybody."""
    kept = [*(link(name) for name in KEPT), OFFLINE]
    script = FILES["worker.js"].body.decode()
    version = hashlib.sha256(json.dumps([kept, script]).encode()).hexdigest()[:12]
    head = f'const KEPT = "ringback-{version}";\nconst FILES = {json.dumps(kept)};\n'
    return HTTPResponse(head + script, headers={"Content-Type": "text/javascript; charset=utf-8",
                                                "Cache-Control": "no-cache"})


def offline(visit: Visit) -> str:
    return visit.show("offline")


def authority(visit: Visit) -> Any:
    ca = visit.house.ca
    if ca is None:
        return HTTPResponse(visit.show("ca", fingerprint="", system=""), status=404,
                            headers={"Content-Type": "text/html; charset=utf-8"})
    agent = visit.headers.get("User-Agent", "") or ""
    system = next((name for word, name in SYSTEMS.items() if word in agent), "")
    return visit.show("ca", fingerprint=fingerprint(ca), system="firefox" if "Firefox/" in agent else system)


def certificate(visit: Visit) -> HTTPResponse:
    """DER, which every system takes."""
    if visit.house.ca is None:
        return HTTPResponse("the certificate of this page is its admin's own\n", status=404,
                            headers={"Content-Type": "text/plain"})
    return HTTPResponse(ssl.PEM_cert_to_DER_cert(visit.house.ca.read_text("ascii")),
                        headers={"Content-Type": "application/x-x509-ca-cert"})


PAGES = (
    Page("GET", "/manifest.webmanifest", Access.ANYONE, manifest, machine=True),
    Page("GET", "/sw.js", Access.ANYONE, worker, machine=True),
    Page("GET", OFFLINE, Access.ANYONE, offline, machine=True),
    Page("GET", "/ca", Access.ANYONE, authority, before_setup=True),
    Page("GET", "/ca/ringback-ca.crt", Access.ANYONE, certificate, machine=True),
)
