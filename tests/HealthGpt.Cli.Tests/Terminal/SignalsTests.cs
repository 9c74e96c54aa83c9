using System.Runtime.InteropServices;
using HealthGpt.Cli.Terminal;

namespace HealthGpt.Cli.Tests.Terminal;

public sealed class SignalsTests
{
    private static readonly TimeSpan LongerThanOneWish = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task VerbThatEndsAtOnce_HasTheLastWord()
    {
        using var error = new StringWriter();
        using var signals = new Signals(error);
        signals.Hear(new PosixSignalContext(PosixSignal.SIGINT));
        await signals.EndAsync();
        await error.WriteLineAsync("interrupted");

        await Task.Delay(LongerThanOneWish, TestContext.Current.CancellationToken);

        Assert.Equal("interrupted\n", error.ToString());
    }

    [Fact]
    public async Task VerbThatIsStillEnding_SaysOnceHowToEndAtOnce()
    {
        using var error = new StringWriter();
        using var signals = new Signals(error);
        var (first, group) = (new PosixSignalContext(PosixSignal.SIGINT), new PosixSignalContext(PosixSignal.SIGINT));
        signals.Hear(first);
        signals.Hear(group);

        await Task.Delay(LongerThanOneWish, TestContext.Current.CancellationToken);
        await signals.EndAsync();

        Assert.Equal((true, true, true), (first.Cancel, group.Cancel, signals.Token.IsCancellationRequested));
        Assert.Equal("stopping; interrupt again to end at once\n", error.ToString());
    }
}
