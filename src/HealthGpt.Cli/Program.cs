using HealthGpt.Cli;

return await HealthGptCommand.RunAsync(args);
