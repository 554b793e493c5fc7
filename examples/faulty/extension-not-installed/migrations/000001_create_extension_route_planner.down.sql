DROP EXTENSION route_planner;
