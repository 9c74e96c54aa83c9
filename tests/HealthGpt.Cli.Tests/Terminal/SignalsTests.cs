using System.Runtime.InteropServices;
using HealthGpt.Cli.Terminal;
using Microsoft.Extensions.Time.Testing;

namespace HealthGpt.Cli.Tests.Terminal;

public sealed class SignalsTests : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly StringWriter _error = new();
    private readonly FakeTimeProvider _time = new();
    private readonly Signals _signals;

    public SignalsTests() => _signals = new Signals(_error, _time);

    public void Dispose()
    {
        _signals.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task VerbThatEndsAtOnce_HasTheLastWord()
    {
        Assert.True(IsTaken());
        await _signals.EndAsync();

        _time.Advance(2 * Signals.SameWish);
        Assert.True(IsTaken());

        Assert.Equal("", _error.ToString());
        await AskedAsync();
    }

    [Fact]
    public async Task VerbThatIsStillEnding_SaysOnceHowToEndAtOnce()
    {
        Assert.True(IsTaken());
        _time.Advance(Signals.SameWish / 2);
        // The same wish, as the process's group hears it.
        Assert.True(IsTaken());
        Assert.Equal("", _error.ToString());

        _time.Advance(Signals.SameWish);
        await SpinAsync(() => _error.ToString().Length > 0);
        await _signals.EndAsync();

        Assert.Equal("stopping; interrupt again to end at once\n", _error.ToString());
        await AskedAsync();
    }

    private bool IsTaken()
    {
        var context = new PosixSignalContext(PosixSignal.SIGINT);
        _signals.Hear(context);
        return context.Cancel;
    }

    private Task AskedAsync() => SpinAsync(() => _signals.Token.IsCancellationRequested);

    private static async Task SpinAsync(Func<bool> condition)
    {
        using var bound = new CancellationTokenSource(Bound);
        while (!condition())
            await Task.Delay(10, bound.Token);
    }
}
