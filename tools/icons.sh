#!/bin/sh
# Makes the PNG icons of the page from web/static/icon.svg, by Chromium: sh tools/icons.sh
# Round corners for "any"; the whole square for systems that cut a shape of their own out of it.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

picture() { # NAME SIZE SCALE: the drawing at SCALE percent, on its own ground when it is not 100
    ground=transparent
    [ "$3" = 100 ] || ground='#0b6e5f'
    printf '<style>html,body{margin:0;height:100%%;background:%s}img{display:block;width:%s%%;position:absolute;inset:0;margin:auto}</style><img src="file://%s">' \
        "$ground" "$3" "$here/web/static/icon.svg" > "$folder/page.html"
    chromium --headless=new --no-sandbox --hide-scrollbars --allow-file-access-from-files --force-device-scale-factor=1 \
        --default-background-color=00000000 --window-size="$2,$2" --screenshot="$here/web/static/$1" \
        --user-data-dir="$folder/chromium" "file://$folder/page.html" >/dev/null 2>&1
    echo "$1"
}

picture icon-192.png 192 100
picture icon-512.png 512 100
picture icon-180.png 180 92
picture icon-maskable.png 512 80
