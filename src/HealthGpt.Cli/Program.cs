using HealthGpt.Cli;
using HealthGpt.Storage.Files;

FileLimit.IgnoreSignal();
return await HealthGptCommand.RunAsync(args);
