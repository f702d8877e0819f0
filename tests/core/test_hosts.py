"""Which hosts are private, and which addresses are the same."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weryai_core.hosts import comparable, is_private

PRIVATE = [
    *("localhost", "LOCALHOST", "localhost.", "gateway", "gateway.", "my_gateway", "host-1"),
    *("host.docker.internal.", "gw.consul", "gw.team.svc", "llm.svc.cluster.local", "a.b.corp"),
    *("127.0.0.1", "127.1", "127.9.9.9", "2130706433", "0x7f000001", "0x7f.1", "0.0.0.0"),
    *("10.1.2.3", "172.16.0.1", "172.31.9.9", "192.168.0.7", "169.254.1.1", "100.64.0.1"),
    *("::1", "::", "fd00::1", "fe80::1%eth0", "fe80::1%25eth0", "::ffff:10.0.0.1", "::FFFF:7f00:1"),
]
PUBLIC = [
    *("evil.com", "EVIL.COM.", "localhost.evil.com", "127.0.0.1.evil.com", "10.0.0.1.nip.io"),
    *(
        "evil\u3002com",
        "api\uff0eweryai\uff0ecom",
        "evil\uff61com",
        "münchen",
        "bücher.local",
        "xn--bcher-kva",
    ),
    *("ai", "ai.", "uz", "134744072", "0x08080808", "8.8", "8.8.8.8", "0x8.8.8.8", "010.0.0.1"),
    *("0177.0.0.1", "10.0.0.256", "10.0.0.0.1", "300.1", "4294967296", "1" * 5000, "evil.0x"),
    *("172.15.0.1", "172.32.0.1", "198.18.0.1", "203.0.113.5", "192.0.0.8", "224.0.0.1"),
    *("255.255.255.255", "0.0.0.1", "::ffff:8.8.8.8", "::8.8.8.8", "2002:0a00:1::1"),
    *("2001:0:808:808::", "64:ff9b::808:808", "64:ff9b::a00:1", "2001:db8::1", "::g", "1:2"),
    *("evil.com%2f.local", "evil.com\\.local", "evil.com;.local", "evil.com .local"),
    *("evil.com\t.local", "evil.com\u200b.local", "evil.com%00.local", ".local", "a..local", ""),
    *("evil.com?.local", "evil.com#.local", "evil.com:80.local", "evil.com\n", "localhost%0a"),
]


@pytest.mark.parametrize("host", PRIVATE)
def test_a_host_of_a_private_network_is_private(host):
    assert is_private(host)


@pytest.mark.parametrize("host", PUBLIC)
def test_any_other_host_is_public(host):
    assert not is_private(host)


@given(st.lists(st.from_regex(r"(0x[0-9a-f]{1,9}|[0-9]{1,10})", fullmatch=True), max_size=4))
def test_numbers_are_the_address_that_the_system_reads(numbers):
    host = ".".join(numbers)
    try:
        read = socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        assert not is_private(host)
    else:
        if is_private(host):
            assert is_private(read)


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("https://API.WeryAI.com:443/v1", "https://api.weryai.com/v1"),
        ("HTTP://Gateway:80/v1", "http://gateway/v1"),
        ("http://[::1]:8000/V1", "http://[::1]:8000/V1"),
        ("https://gateway:80/v1", "https://gateway:80/v1"),
    ],
)
def test_an_address_has_one_form(url, same):
    assert comparable(url) == same
