#!/bin/sh
# Pictures of the gallery's pages (rendered by `cargo test -p site gallery`): gallery.sh [page…]
# A page with large print is named like guide.elder; DARK=1 takes the dark scheme.
set -eu
cd "$(dirname "$0")/../../target/gallery"
dark=; suffix=
if [ "${DARK:-}" = 1 ]; then dark="--blink-settings=preferredColorScheme=0"; suffix=.dark; fi
for page in "${@:-home}"; do
  for width in 1280 390; do
    # Chromium will not make a window narrower than 500 px: narrow pages are looked at through a frame of their width.
    name="$page.$width$suffix"
    if [ $width = 390 ]; then
      printf '<!doctype html><body style="margin:0;background:#888"><iframe src="%s.html" style="border:0;width:390px;height:%spx"></iframe>' "$page" "${TALL:-2600}" > "$name.html"
      url="$name.html"; window="390,${TALL:-2600}"
    else
      url="$page.html"; window="1280,${TALL:-1900}"
    fi
    chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --disable-background-networking $dark \
      --window-size="$window" --screenshot="$name.png" "file://$PWD/$url" >/dev/null 2>&1
  done
done
