//! Counts repeated statements in a request: the N+1 guard.
