// Times as the desk writes them.

const DAY_S = 86400;

/** hh:mm:ss of a time in the recording: time of day where the start is known, else time since it. */
export function formatTime(timeS, clockS = null, decimals = 0) {
  const scale = 10 ** decimals;
  let ticks = Math.round((timeS + (clockS ?? 0)) * scale);
  if (clockS !== null) ticks = ((ticks % (DAY_S * scale)) + DAY_S * scale) % (DAY_S * scale);
  const whole = Math.floor(ticks / scale);
  const two = (n) => String(n).padStart(2, "0");
  const text = `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return decimals ? `${text}.${String(ticks % scale).padStart(decimals, "0")}` : text;
}

/** hh:mm:ss or hh:mm, as `formatTime` writes it. */
export function clockText(timeS, clockS = null, { seconds = true } = {}) {
  const text = formatTime(timeS, clockS);
  return seconds ? text : text.slice(0, -3);
}
