"""How long a page and its server wait for each other."""

import pytest
from servers import free_port

from coprod_widgets import SelfStudy, SelfStudyForm
from coprod_widgets.errors import CoprodError
from coprod_widgets.serving.server import serve
from coprod_widgets.widgets.heartbeat import HEARTBEAT


def test_a_page_sends_a_heartbeat_every_five_seconds(monkeypatch):
    monkeypatch.delenv(HEARTBEAT, raising=False)
    assert SelfStudyForm(SelfStudy.load()).heartbeat == 5


def test_an_operator_sets_another_heartbeat(monkeypatch):
    monkeypatch.setenv(HEARTBEAT, "0.5")
    assert SelfStudyForm(SelfStudy.load()).heartbeat == 0.5


@pytest.mark.parametrize("given", ["often", "0", "-1", "61", "nan", "inf"])
def test_a_heartbeat_that_cannot_be_kept_is_refused_before_anything_is_served(monkeypatch, tmp_path, given):
    monkeypatch.setenv(HEARTBEAT, given)
    with pytest.raises(CoprodError, match=f"COPROD_HEARTBEAT is '{given}'.* from 0.1 to 60"):
        serve(tmp_path / "none.ipynb", host="127.0.0.1", port=free_port(), thin=True, ready=print)
