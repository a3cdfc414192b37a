"""Which names a server answers to, and what counts as a request of this machine."""

import socket

import pytest

from coprod_widgets.serving.hosts import Hosts, from_this_machine

HERE = {"Host": "127.0.0.1:8866"}


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:8866", "[::1]:8866", "x.localhost", "LOCALHOST:1", "192.0.2.7"]
)
def test_names_that_nobody_can_point_here_are_answered_to(host):
    assert Hosts("127.0.0.1").allow({"Host": host}) and Hosts("127.0.0.1", ["a.example"]).allow({"Host": host})


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "a:b:c", "[::1"])
def test_a_server_for_this_machine_answers_to_no_other_name(host):
    assert not Hosts("127.0.0.1").allow({"Host": host}) and not Hosts("::1").allow({"Host": host})


def test_a_server_answers_to_this_machines_own_name():
    name = socket.gethostname()
    assert Hosts("127.0.0.1").allow({"Host": f"{name}:8866"}) and Hosts("127.0.0.1").allow({"Host": f"{name}.local"})


def test_what_comes_through_a_proxy_has_the_proxys_name():
    assert Hosts("127.0.0.1").allow({"Host": "study.example.org", "X-Forwarded-For": "203.0.113.7"})


def test_a_class_reaches_its_server_by_whatever_name():
    assert Hosts("192.168.1.20").allow({"Host": "laptop.school"}) and Hosts("0.0.0.0").allow({"Host": "a.example"})


def test_where_names_are_given_no_other_is_answered_to_whatever_a_proxy_says():
    hosts = Hosts("0.0.0.0", [" Study.example.org ", ""])
    assert hosts.allow({"Host": "study.example.org:443"}) and hosts.allow(HERE)
    assert not hosts.allow({"Host": "evil.example", "X-Forwarded-For": "203.0.113.7"})


def test_that_a_name_is_missing_is_said_once(caplog):
    hosts = Hosts("127.0.0.1")
    for _ in range(3):
        hosts.allow({"Host": "evil.example"})
    assert caplog.text.count("COPROD_HOSTS") == 1 and "evil" not in caplog.text


def test_that_a_proxy_does_not_keep_host_is_said_once_with_what_to_set(caplog):
    hosts = Hosts("127.0.0.1")
    for _ in range(3):
        hosts.tell_of_origin()
    assert caplog.text.count("proxy_set_header Host $http_host") == caplog.text.count("COPROD_HOSTS") == 1


@pytest.mark.parametrize(
    "name",
    ["Forwarded", "Via", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Cf-Connecting-Ip", "True-Client-Ip"]
    + ["X-Client-Ip", "Fastly-Client-Ip", "X-Cluster-Client-Ip", "X-Amzn-Trace-Id", "X-Envoy-External-Address"],
)
def test_what_came_through_a_proxy_is_not_of_this_machine(name):
    assert from_this_machine("127.0.0.1", HERE)
    assert not from_this_machine("127.0.0.1", {**HERE, name: "203.0.113.7"})


@pytest.mark.parametrize("host", ["study.example.org", "203.0.113.7", "192.0.2.20:8866", "", "localhost,evil.example"])
def test_what_asks_for_another_name_than_this_machines_is_not_of_this_machine(host):
    assert not from_this_machine("127.0.0.1", {"Host": host})


def test_what_comes_from_another_machine_is_not_of_this_one():
    assert not from_this_machine("192.168.1.21", HERE) and not from_this_machine("127.0.0.1", {})
