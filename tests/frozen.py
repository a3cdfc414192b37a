"""The kit's self-study as it once was: what tests quote of it stays when the kit's own words get better."""

from pathlib import Path

from coprod_widgets.study.self_study import SelfStudy

FILE = Path(__file__).parent / "data" / "paul_on_coproduction.en.yaml"
STUDY = SelfStudy.load(FILE)
