"""The themes of code that one can choose from: each a light and a dark Pygments style on papers that fit them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scheme:
    """One half of a theme: a Pygments style, and what the style itself does not say or says for another paper."""

    style: str
    paper: str
    ink: str
    number: str  # of a line
    shade: str  # of a selected line
    removed: str  # the ground of a diff's removed lines
    added: str

    @property
    def grounds(self) -> list[str]:
        """Every background on which code stands."""
        return [self.paper, self.shade, self.removed, self.added]


@dataclass(frozen=True, slots=True)
class Theme:
    """Two schemes that belong together."""

    light: Scheme
    dark: Scheme


CALM = "calm"  # what is shown before another was chosen
THEMES = {
    CALM: Theme(
        Scheme("lovelace", "#ffffff", "#1d1f23", "#85888d", "#fff3cf", "#ffebe8", "#e6f6e6"),
        Scheme("nord", "#17191c", "#dcdfe4", "#74787f", "#3a341f", "#3c1f20", "#1c3323"),
    ),
    "evening": Theme(
        Scheme("xcode", "#fdfcff", "#26243a", "#8a88a0", "#ece6fb", "#fde8ef", "#e3f5ec"),
        Scheme("dracula", "#282a36", "#f8f8f2", "#8790b5", "#44475a", "#4a2634", "#22402f"),
    ),
    "grey": Theme(
        Scheme("friendly_grayscale", "#ffffff", "#1c1c1c", "#858585", "#ebebeb", "#e4e4e4", "#f4f4f4"),
        Scheme("friendly_grayscale", "#181818", "#dedede", "#787878", "#363636", "#3a3a3a", "#262626"),
    ),
    "gruvbox": Theme(
        Scheme("gruvbox-light", "#fbf1c7", "#3c3836", "#928374", "#ebdbb2", "#f6d6bb", "#e3e5b0"),
        Scheme("gruvbox-dark", "#282828", "#ebdbb2", "#928374", "#45403a", "#472725", "#34381b"),
    ),
    "paraiso": Theme(
        Scheme("paraiso-light", "#f3f5ee", "#2f1e2e", "#8d8687", "#e0e1d3", "#f8dfd8", "#daeedd"),
        Scheme("paraiso-dark", "#2f1e2e", "#e7e9db", "#8d8687", "#4f424c", "#52202b", "#24392f"),
    ),
    "solarized": Theme(
        Scheme("solarized-light", "#fdf6e3", "#586e75", "#93a1a1", "#eee8d5", "#fbe2d3", "#eceec8"),
        Scheme("solarized-dark", "#002b36", "#93a1a1", "#586e75", "#0b4150", "#3a2a2f", "#173f26"),
    ),
    "studio": Theme(
        Scheme("vs", "#ffffff", "#1f1f1f", "#6e7681", "#e5ebf5", "#ffe9e9", "#e6f3e2"),
        Scheme("one-dark", "#282c34", "#abb2bf", "#636d83", "#3a404c", "#45282e", "#2b3d2f"),
    ),
    "vivid": Theme(
        Scheme("tango", "#fbfbf9", "#1a1c1d", "#888a85", "#fbedb0", "#fde4e1", "#e4f5d6"),
        Scheme("monokai", "#272822", "#f8f8f2", "#90908a", "#49483e", "#4b2530", "#35431f"),
    ),
}
