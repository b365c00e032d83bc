"""All models side by side on the Model page: a beat, the recording, the perturbed signal."""

from __future__ import annotations

import re

from driving import Dashboard
from playwright.sync_api import expect


def test_models_are_compared_on_a_beat_the_recording_and_a_perturbed_signal(dashboard: Dashboard) -> None:
    page = dashboard.page
    dashboard.open("review", rec="demo/demo_pvc", t="85").strip_shown().beats_found().settled()
    dashboard.classified()
    dashboard.select_other(lambda: page.keyboard.press("."))
    dashboard.go("Model")
    page.get_by_role("radio", name="Models compared").click()
    votes = page.locator(".st-key-card_compare_votes")
    expect(votes).to_contain_text(re.compile(r"Beat \d+ at .*10 V.*of 10 models that tell the five classes"))
    for name in ("autoencoder", "bilstm_attention", "cnn5", "cnn_binary", "feature_forest", "transformer"):
        expect(votes.get_by_role("cell", name=name, exact=True)).to_be_visible()
    maps = page.locator(".st-key-card_compare_maps .js-plotly-plot")
    n_rows = maps.evaluate("chart => chart.data.filter(trace => trace.type === 'heatmap').length")
    assert n_rows == 10  # 14 models without the four that see hand-made features

    recording = page.locator(".st-key-card_compare_recording")
    expect(recording).to_contain_text("366 beats of the recording")
    row = recording.get_by_role("row").filter(has=page.get_by_role("cell", name="transformer", exact=True)).first
    expect(row).to_contain_text(re.compile(r"\d+\.\d %"))
    recording.get_by_text("Kappa of every two models").click()
    expect(recording.locator(".rs-shaded").first).to_be_visible()

    page.get_by_role("button", name="Perturb the signal").click()
    ladders = page.locator("[class*=st-key-card_ladder_]")
    expect(ladders).to_have_count(5)
    for ladder in ladders.all():
        expect(ladder.locator(".rs-verdict")).to_contain_text(
            re.compile(r"is the first to change its answers: at|No model changes more than")
        )
    off = page.locator(".st-key-card_ladder_lead_off .js-plotly-plot")
    shares = "chart => Object.fromEntries(chart.data[0].y.map((name, at) => [name, Array.from(chart.data[0].z[at])]))"
    found = off.evaluate(shares)
    # The classifier sees the other leads; the textbook models see the first alone.
    assert min(found["beat-2026.5"]) > 0.95
    assert min(found["transformer"]) < 0.95
    page.get_by_role("radio", name="Beats called abnormal").click()
    expect(page.locator(".st-key-card_ladder_lead_off")).to_contain_text("abnormal ones alone")
    dashboard.settled()
    assert off.evaluate(shares)["transformer"][-1] < 0.2


def test_a_textbook_model_is_explained_in_steps(dashboard: Dashboard) -> None:
    page = dashboard.page
    dashboard.open("model", part="guided")
    steps = page.locator("[class*=st-key-card_guide_]")
    expect(steps).to_have_count(4)
    expect(steps.first).to_contain_text("1. Two beats")
    page.get_by_role("radio", name="Autoencoder").click()
    expect(steps.first).to_contain_text("1. A normal beat goes through a narrow place")
    expect(steps).to_have_count(3)
    for step in steps.all():
        expect(step.locator(".js-plotly-plot")).to_be_visible()
