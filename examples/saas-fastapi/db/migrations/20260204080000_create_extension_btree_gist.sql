-- migrate:up
CREATE EXTENSION btree_gist;

-- migrate:down
DROP EXTENSION btree_gist;
