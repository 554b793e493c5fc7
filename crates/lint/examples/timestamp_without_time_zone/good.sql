CREATE TABLE logins (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login_at timestamptz NOT NULL DEFAULT now()
);

-- What the clock on the wall of the shop shows, wherever the shop is.
CREATE TABLE sales (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sold_at_local timestamp NOT NULL,
    opening_time  time NOT NULL
);
