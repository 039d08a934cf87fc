"""What class C messages say: the question that is asked, its scale, the shop's own tips."""

import email
import email.policy

import msgspec
import pytest

from adapters import samples
from adapters.messages import links
from adapters.render import Templates
from adapters.sms.segments import measure
from streams.domain.effects import Claim
from streams.domain.kinds import KINDS
from streams.domain.world import Tip

replace = msgspec.structs.replace
LANGUAGES = ("en", "pl", "lt", "de")


def asked(kind: str, metric: str | None = None, locale: str = "en", shop: str = "meadow") -> Claim:
    content = replace(samples.full(kind, locale), metric=metric)
    return samples.claim(kind, locale, content, shop=shop)


def templates(**brand) -> Templates:
    brands = {**samples.WORLD.brands, "meadow": replace(samples.BRAND, **brand)}
    return Templates(replace(samples.WORLD, brands=brands), link_secret=samples.SECRET)


def text(mail) -> str:
    message = email.message_from_bytes(mail.raw, policy=email.policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("csat", "How satisfied are you with your order 1001, from 1 (not at all) to 5 (very)?"),
        ("nps", "How likely are you to recommend us to a friend, from 0 (not at all) to 10 (very likely)?"),
        ("ces", "How easy was it to sort things out with us, from 1 (very easy) to 7 (very hard)?"),
    ],
)
def test_each_metric_has_its_own_words_and_its_own_link(metric, words) -> None:
    mails = {each: text(templates().mail(asked("survey", each))) for each in ("csat", "nps", "ces")}
    assert words in mails[metric]
    found = {part for mail in mails.values() for part in mail.split() if "/feedback/" in part}
    assert len(found) == 3


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("metric", ["csat", "nps", "ces"])
def test_a_text_message_asks_the_same_with_its_scale_and_its_link_in_one_segment(metric, locale) -> None:
    ends = {"csat": "5", "nps": "10", "ces": "7"}
    for shop in ("meadow", "plain"):
        sms = templates().sms(samples.by_sms(asked("survey", metric, locale, shop)))
        assert sms.segments == 1
        assert f"{ends[metric]} (" in sms.text
        assert shop == "meadow" or "http" not in sms.text
        if shop == "meadow":
            token = sms.text.rpartition("https://mdw.example.com/s/")[2]
            assert links.read(samples.SECRET, token) == ("feedback", "meadow:1001", metric)


@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_review_is_asked_for_with_its_link_too(locale) -> None:
    sms = templates().sms(samples.by_sms(asked("review_request", None, locale)))
    assert sms.segments == 1
    token = sms.text.rpartition("https://mdw.example.com/s/")[2]
    assert links.read(samples.SECRET, token) == ("feedback", "meadow:1001", "review")


def test_an_order_whose_id_fits_no_address_is_asked_about_by_the_long_link_or_by_none() -> None:
    near = templates(short_url="https://m.example", public_url="https://m.example")
    odd = replace(asked("review_request"), order_id="meadow:1/2")
    said = near.sms(samples.by_sms(odd)).text
    assert "https://m.example/feedback/" in said
    assert measure(said).segments == 1


def test_a_link_that_does_not_fit_is_left_out_rather_than_cut() -> None:
    far = templates(short_url=None, public_url="https://orders.meadow.example.com/" + "a" * 200)
    for kind, metric in (("survey", "nps"), ("review_request", None)):
        said = far.sms(samples.by_sms(asked(kind, metric))).text
        assert "https" not in said
        assert said.endswith("Please send us your answer by e-mail.")
        assert measure(said).segments == 1


HELD = ("ready_for_pickup", "pickup_reminder", "attempt_failed", "action_required")


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_about_a_held_parcel_has_no_link_whatever_its_template_says(tmp_path, kind) -> None:
    (tmp_path / "kinds").mkdir()
    (tmp_path / "kinds" / f"{kind}.j2").write_text(
        '{% extends "layout.j2" %}{% block sms %}see {{ pay_link }} {{ order_link }} {{ parcels[0].link }} '
        "{{ feedback_link }} {{ label_link }} {{ choice_link }} {{ advice_link }}{% endblock %}"
    )
    said = templates(templates=str(tmp_path), kinds={kind: {"max_segments": 9}}).sms(
        samples.by_sms(asked(kind))
    )
    assert said.text.count("https://") == (0 if kind in HELD else 7)
    assert KINDS[kind].link is (kind not in HELD)


MUG = Tip({"en": "Wash by hand.", "pl": "Prosimy myć ręcznie."}, ("*",), "https://meadow.example.com/care")


def test_tips_are_the_shops_own_where_it_has_some_for_these_goods() -> None:
    said = text(templates(tips=(MUG,)).mail(asked("care_tips")))
    assert "Wash by hand." in said
    assert "https://meadow.example.com/care" in said
    assert "packaging" not in said


@pytest.mark.parametrize("tip", [replace(MUG, skus=("lamp-*",)), replace(MUG, text={"pl": "Myć ręcznie."})])
def test_what_fits_neither_goods_nor_language_leaves_what_holds_for_all(tip) -> None:
    said = text(templates(tips=(tip,)).mail(asked("care_tips")))
    assert "Read what the maker says" in said
    assert "Myć" not in said


def test_a_tip_may_be_written_for_one_country_or_for_a_language() -> None:
    tips = (Tip({"en": "Colour.", "en-US": "Color."}),)
    assert "Color." in text(templates(tips=tips).mail(asked("care_tips", locale="en-US")))
    assert "Colour." in text(templates(tips=tips).mail(asked("care_tips", locale="en-GB")))


def test_a_tip_points_only_to_where_the_shop_may() -> None:
    said = text(
        templates(tips=(replace(MUG, url="https://elsewhere.example.net/x"),)).mail(asked("care_tips"))
    )
    assert "elsewhere" not in said
