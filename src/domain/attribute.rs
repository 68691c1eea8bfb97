//! The attribute catalogue: which facts the city asks of its residents.
