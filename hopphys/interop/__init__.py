"""Doors to other people's formats. Each module imports its library only when it is used."""
