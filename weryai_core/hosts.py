"""Tells whether a host is one of a private network, and whether two addresses are the same.

A host is read as the HTTP clients and the system read it: case and a last dot do not matter, and
numbers are addresses, in whatever form. What is left is compared with the networks and the endings
that are reserved for private use. Whatever is not known to be private is public.
"""

from __future__ import annotations

import functools
import re
from ipaddress import IPv4Address, IPv6Address, ip_network
from urllib.parse import urlsplit, urlunsplit

# Names that no public DNS server knows: RFC 2606, RFC 6761, RFC 6762, RFC 8375, ICANN's "internal",
# those of Kubernetes and Consul, and usual ones of home and company networks.
_PRIVATE_DOMAINS = (
    *(".localhost", ".local", ".home.arpa", ".internal", ".test", ".svc", ".lan", ".home"),
    *(".corp", ".intranet", ".private", ".localdomain", ".example", ".invalid", ".consul"),
)
# Loopback, RFC 1918, link-local, carriers' and overlay networks (RFC 6598); "0.0.0.0" is this host.
_PRIVATE_IPV4 = tuple(
    ip_network(network)
    for network in (
        *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
        *("100.64.0.0/10", "0.0.0.0/32"),
    )
)
_PRIVATE_IPV6 = tuple(ip_network(network) for network in ("::/127", "fc00::/7", "fe80::/10"))

_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
# A country's domain, in letters or in another script, may be a host; no other domain may (ICANN).
_COUNTRY = re.compile(r"[a-z]{2}|xn--.*")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@functools.lru_cache(maxsize=32)
def is_private(host: str) -> bool:
    """Whether a host is this machine, or one that only a private network knows.

    Args:
        host: The host of an address, without the brackets of IPv6.
    """
    host = host.lower()
    if ":" in host:
        return _is_private_ipv6(host)
    name = host.removesuffix(".")
    if not _NAME.fullmatch(name):
        return False
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        address = _ipv4_of(labels)
        return address is not None and _is_private_ipv4(address)
    if len(labels) == 1:
        return not _COUNTRY.fullmatch(name)
    return name.endswith(_PRIVATE_DOMAINS)


def comparable(url: str) -> str:
    """An http(s) address in the form that is the same for all ways to write its host and port."""
    parts = urlsplit(url)
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    if ":" in host:
        host = f"[{host}]"
    port = "" if parts.port in (None, _DEFAULT_PORTS.get(scheme)) else f":{parts.port}"
    return urlunsplit((scheme, host + port, parts.path, parts.query, ""))


def _is_private_ipv6(host: str) -> bool:
    try:
        address = IPv6Address(host)
    except ValueError:
        return False
    if address.ipv4_mapped is not None:
        return _is_private_ipv4(address.ipv4_mapped)
    # A zone ("%eth0") is not part of the network.
    return any(IPv6Address(int(address)) in network for network in _PRIVATE_IPV6)


def _is_private_ipv4(address: IPv4Address) -> bool:
    return any(address in network for network in _PRIVATE_IPV4)


def _ipv4_of(labels: list[str]) -> IPv4Address | None:
    """The address that the system makes of numbers, as C's `inet_aton` does; None for none.

    The last number fills the bytes that are left. A number with a leading zero is octal for some
    systems and decimal for others, so it is none here.
    """
    numbers = [_to_number(label) for label in labels]
    if len(numbers) > 4 or None in numbers:
        return None
    *first, last = [number or 0 for number in numbers]
    if any(number > 255 for number in first) or last >= 256 ** (4 - len(first)):
        return None
    value = last
    for position, number in enumerate(first):
        value += number << (8 * (3 - position))
    return IPv4Address(value)


def _to_number(label: str) -> int | None:
    if not _NUMBER.fullmatch(label) or len(label) > 12:
        return None
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    return None if label.startswith("0") and label != "0" else int(label)
