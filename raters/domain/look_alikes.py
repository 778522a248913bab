"""Letters of other scripts that a reader takes for Latin ones: А in Cyrillic, Α in Greek, small capital ᴀ.

From Unicode's list of confusable characters (UTS #39, `confusables.txt`, version 15.1): letters of the Latin,
Greek, Cyrillic, Coptic, Armenian, Cherokee and Lisu scripts that look like a single Latin one and that NFKD
leaves as they are. Added to it: Latin small capitals, ł, and the small letters т, τ, к, κ, м, н and в, which
are small forms of what the list has as capitals. What looks like a capital I stands under "i".
"""

from __future__ import annotations

_LATIN = {
    "a": "ɑΑαАаᎪᴀꓮ",
    "b": "ƄʙΒВЬвᏏᏴꓐꞴ",
    "c": "ϹϲСсᏟᴄⲤⲥꓚꮯ",
    "d": "ԁᎠᏧᴅꓒꓓ",
    "e": "ΕЕеҽᎬᴇꓰꬲ",
    "f": "ϜքẝꓝꜰꞘꞙꬵ",
    "g": "ƍɡɢԌցᏀᏳᶃꓖ",
    "h": "ʜΗНнһհᎻᏂⲎꓧ",
    "i": "ıɩɪΙιІіᎥⲒꓲꙇꭵ",
    "j": "ͿϳЈјᎫᴊꓙꞲ",
    "k": "ΚκКкᏦᴋⲔꓗ",
    "l": "łƖǀʟӀӏᏞⳐꓡ",
    "m": "ΜϺМмᎷᴍⲘꓟ",
    "n": "ɴΝոռⲚꓠ",
    "o": "ΟοσОоՕօᴏᴑⲞⲟꓳꬽ",
    "p": "ΡρРрᏢᴘⲢⲣꓑ",
    "q": "ԛգզꞯ",
    "r": "ƦʀгᎡᏒᴦⲅꓣꭇꭈꮁ",
    "s": "ƽЅѕՏᏕᏚꓢꜱꮪ",
    "t": "ΤτТтᎢᴛⲦꓔ",
    "u": "ʋυՍսᴜꓴꞟꭎꭒ",
    "v": "νѴѵᏙᴠꓦꮩ",
    "w": "ɯѡԜԝաᎳᏔᴡꓪꮃ",
    "x": "ΧХхⲬꓫꞳ",
    "y": "ɣʏΥγУуҮүᎩᎽᶌỿⲨꓬꭚ",
    "z": "ΖᏃᴢꓜꮓ",
}
LOOK_ALIKES = {letter: latin for latin, letters in _LATIN.items() for letter in letters}
# negative circled and squared letters, which unlike other enclosed ones have no compatibility mapping
ENCLOSED = {chr(first + place): chr(ord("a") + place) for first in (0x1F150, 0x1F170) for place in range(26)}
