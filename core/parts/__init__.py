"""What the page parts do in Python; `core.templatetags.parts` offers them to templates."""
