//! Who asks: the router and the pages.
