"""Three ways to map a beat, each a click away, and remembered."""

from __future__ import annotations

from driving import Dashboard
from playwright.sync_api import expect


def test_another_way_draws_another_map_and_is_remembered(dashboard: Dashboard) -> None:
    page = dashboard.page
    dashboard.open("review", rec="demo/demo_pvc", t="85").strip_shown().beats_found().settled()
    dashboard.classified()
    dashboard.select_other(lambda: page.keyboard.press("."))
    dashboard.go("Explain")
    shaded = "chart => JSON.stringify(chart.data.filter(t => t.type === 'heatmap').map(t => Array.from(t.z[0])))"
    chart = page.locator(".js-plotly-plot")
    expect(page.get_by_text("Where the network looked for V")).to_be_visible()
    expect(chart).to_be_visible()
    maps = [chart.evaluate(shaded)]
    for way, heading in (
        ("Integrated gradients", "What in the shape adds to V"),
        ("Occlusion", "What V loses when it is covered"),
    ):
        page.get_by_role("radio", name=way).click()
        expect(page.get_by_text(heading)).to_be_visible()
        expect(chart).to_have_count(1)
        dashboard.settled()
        maps.append(chart.evaluate(shaded))
    assert len(set(maps)) == 3

    dashboard.go("Review")
    dashboard.go("Explain")
    expect(page.get_by_text("What V loses when it is covered")).to_be_visible()
