"""Dialog in which a person chooses the channels of a file that are ECG leads."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import Final, Literal

import streamlit as st

from ecg_core.formats import ChannelView, TableLayout
from pages.services.library import LocatedRecording
from pages.services.table_preview import Preview, preview
from pages.services.wording import rate, shown
from pages.ui.markup import notice, quiet, trace_image
from pages.ui.open_buttons import open_or_cancel

_MAX_LISTED: Final = 64
_WIDTHS: Final = (0.08, 0.92)


def choose_channels(
    located: LocatedRecording, channels: tuple[ChannelView, ...], key: str
) -> Literal["open", "cancel"] | None:
    """Draw the channels of a file with a check box each; the choice is kept when the file is opened.

    Parameters
    ----------
    located : LocatedRecording
        The file.
    channels : tuple of ChannelView
        Channels that may be ECG leads.
    key : str
        Prefix of the keys of the widgets.

    Returns
    -------
    {"open", "cancel"} or None
        None until a button is clicked.
    """
    before = located.layout or TableLayout()
    count = "1 channel" if len(channels) == 1 else f"{len(channels)} channels"
    quiet(f"{shown(located.name, 80)} · {count}, none named as an ECG lead. Tick those that are ECG leads.")
    names = []
    with st.container(key="channel_list", height=min(44 * min(len(channels), _MAX_LISTED) + 12, 320), border=False):
        for place, channel in enumerate(channels[:_MAX_LISTED]):
            check, what = st.columns(_WIDTHS, vertical_alignment="center")
            chosen = check.checkbox(
                f"Channel {shown(channel.name, 40)} is an ECG lead",
                value=channel.name in (before.channels or ()),
                key=f"{key}_channel_{place}",
                label_visibility="collapsed",
            )
            what.html(_channel_html(channel))
            if chosen:
                names.append(channel.name)
    if len(channels) > _MAX_LISTED:
        quiet(f"{len(channels) - _MAX_LISTED} more channels are left out.")
    layout = replace(before, channels=tuple(names))
    seen = preview(located, layout) if names else None
    if isinstance(seen, str):
        notice(shown(seen, 400), problem=True)
    elif seen is not None:
        quiet(seen.facts)
        if seen.doubt:
            notice(seen.doubt, small=True)
    return open_or_cancel(located, layout, key, isinstance(seen, Preview))


def _channel_html(channel: ChannelView) -> str:
    unit = f" · {shown(channel.unit, 12)}" if channel.unit else ""
    return (
        f'<div class="rs-column">{trace_image(channel.trace)}<div><b>{escape(shown(channel.name, 40))}</b> '
        f"<span>{escape(rate(channel.fs_hz) + unit)}</span></div></div>"
    )
