DELETE FROM countries WHERE code = 'FJ';
