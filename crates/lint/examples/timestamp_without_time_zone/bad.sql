CREATE TABLE logins (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login_at timestamp NOT NULL DEFAULT now()
);
