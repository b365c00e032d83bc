// Times as the desk writes them.

const DAY_S = 86400;

/**
 * hh:mm:ss of a time in the recording: time of day where the start is known, else time since it. After a day the
 * times of day come again, so that from then on they say their day, the first being 1: `10:30:00 day 2`. Where what
 * stands around a time says the day, `day: false` leaves it out.
 */
export function formatTime(timeS: number, clockS: number | null = null, decimals = 0, { day = true } = {}): string {
  const scale = 10 ** decimals;
  let ticks = Math.round((timeS + (clockS ?? 0)) * scale);
  const mark = day && clockS !== null && ticks > (DAY_S + clockS) * scale ? ` day ${Math.floor(ticks / (DAY_S * scale)) + 1}` : "";
  if (clockS !== null) ticks = ((ticks % (DAY_S * scale)) + DAY_S * scale) % (DAY_S * scale);
  const whole = Math.floor(ticks / scale);
  const two = (n: number) => String(n).padStart(2, "0");
  const text = `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return `${decimals ? `${text}.${String(ticks % scale).padStart(decimals, "0")}` : text}${mark}`;
}

/** hh:mm:ss or hh:mm, as `formatTime` writes it. */
export function clockText(timeS: number, clockS: number | null = null, { seconds = true, day = true } = {}): string {
  const text = formatTime(timeS, clockS, 0, { day });
  return seconds ? text : text.replace(/:\d\d(?= day|$)/, "");
}
