"""The doors of other pastebins, so that the clients people already have work here: one module for each family.

They translate, nothing more: what is shared, changed, deleted and read goes the ways of the site's own pages.
"""
