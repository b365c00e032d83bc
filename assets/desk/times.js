// Times as the desk writes them.

/** hh:mm:ss of a time in the recording: time of day where the start is known, else time since it. */
export function formatTime(timeS, clockS = null, decimals = 0) {
  const scale = 10 ** decimals;
  let ticks = Math.round((timeS + (clockS ?? 0)) * scale);
  if (clockS !== null) ticks %= 86400 * scale;
  const whole = Math.floor(ticks / scale);
  const two = (n) => String(n).padStart(2, "0");
  const text = `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return decimals ? `${text}.${String(ticks % scale).padStart(decimals, "0")}` : text;
}
