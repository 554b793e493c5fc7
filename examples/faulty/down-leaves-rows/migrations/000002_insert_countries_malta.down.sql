DELETE FROM countries WHERE code = 'ML' AND name = 'Malta';
