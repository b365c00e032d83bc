// A provider of sign-in always comes back to the front page. The address that a person had opened is kept in this
// window meanwhile, and opened once they are signed in.

const KEY = "rhythmoscope.address-before-sign-in";
const KEPT_MS = 15 * 60 * 1000;

function keep() {
  const address = location.pathname + location.search;
  if (location.search || location.pathname.split("/").pop()) {
    sessionStorage.setItem(KEY, JSON.stringify({ address, at: Date.now() }));
  }
}

function goBack() {
  const kept = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  if (!kept || location.search) return;
  const { address, at } = JSON.parse(kept);
  if (/^\/(?!\/)/.test(address) && Date.now() - at < KEPT_MS) location.replace(address);
}

export default function mount({ data }) {
  try {
    if (data.signedIn) goBack();
    else keep();
  } catch {
    // Storage is forbidden or holds something else: the front page is a place to begin, too.
  }
}
