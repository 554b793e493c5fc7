CREATE EXTENSION route_planner;
