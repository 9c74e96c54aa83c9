using System.Runtime.Intrinsics.X86;

namespace HealthGpt.Model.Decoder.Cpu;

/// <summary>
/// Threads that run one program together, phase by phase. A decoding step has some hundred phases of a few microseconds to a few hundred; starting and joining tasks for
/// each would cost more than the work, so members wait for each other by spinning, and sleep only between programs.
/// </summary>
internal sealed class ThreadTeam
{
    // Tens of microseconds on most processors: longer than the gap between two tokens, too short to take a core from other work.
    private const int SpinsBeforeSleep = 2000;

    // Where there are more threads than free cores, the one waited for may need this very core.
    private const int SpinsBeforeYield = 2000;

    private static readonly ThreadTeam Instance = new();

    private readonly Lock _oneProgram = new();
    private readonly List<Member> _members = [];
    private Action<ThreadTeam, int>? _program;
    private int _arrived;
    private int _phase;

    private ThreadTeam()
    {
    }

    /// <summary>Members of the running program.</summary>
    public int Size { get; private set; }

    /// <summary>Runs a program on the calling thread, as member 0, and on others; on the calling thread alone while another program runs.</summary>
    /// <param name="threads">Members at most.</param>
    /// <param name="program">What each member runs; must call <see cref="Barrier"/> equally often on all and must not throw.</param>
    public static void Run(int threads, Action<ThreadTeam, int> program)
    {
        if (threads <= 1 || !Instance._oneProgram.TryEnter())
        {
            program(new ThreadTeam { Size = 1 }, 0);
            return;
        }

        try
        {
            Instance.RunTogether(threads, program);
        }
        finally
        {
            Instance._oneProgram.Exit();
        }
    }

    /// <summary>Waits until all members have come here.</summary>
    public void Barrier()
    {
        if (Size == 1) return;
        var phase = Volatile.Read(ref _phase);
        if (Interlocked.Increment(ref _arrived) == Size)
        {
            Volatile.Write(ref _arrived, 0);
            Volatile.Write(ref _phase, phase + 1);
            return;
        }

        for (var spins = 0; Volatile.Read(ref _phase) == phase; spins++)
        {
            if (spins < SpinsBeforeYield) Pause();
            else Thread.Yield();
        }
    }

    /// <summary>The part of <paramref name="count"/> pieces that a member does, in blocks of <paramref name="block"/>.</summary>
    public (int First, int End) Share(int member, int count, int block)
    {
        var blocks = (count + block - 1) / block;
        int Edge(int at) => Math.Min(count, (int)((long)blocks * at / Size) * block);
        return (Edge(member), Edge(member + 1));
    }

    private void RunTogether(int threads, Action<ThreadTeam, int> program)
    {
        while (_members.Count < threads - 1) _members.Add(new Member(this, _members.Count + 1));
        Size = threads;
        _program = program;
        for (var member = 0; member < threads - 1; member++) _members[member].Wake();
        program(this, 0);
        Barrier();
        _program = null;
    }

    private static void Pause()
    {
        if (X86Base.IsSupported) X86Base.Pause();
        else Thread.SpinWait(1);
    }

    private sealed class Member
    {
        private readonly ThreadTeam _team;
        private readonly int _index;
        private readonly object _door = new();
        private bool _ordered;
        private bool _asleep;

        public Member(ThreadTeam team, int index)
        {
            _team = team;
            _index = index;
            new Thread(Serve) { IsBackground = true, Name = $"decoding {index}" }.Start();
        }

        public void Wake()
        {
            Volatile.Write(ref _ordered, true);
            Interlocked.MemoryBarrier();
            if (!Volatile.Read(ref _asleep)) return;
            lock (_door) Monitor.Pulse(_door);
        }

        private void Serve()
        {
            while (true)
            {
                Await();
                Volatile.Write(ref _ordered, false);
                _team._program!(_team, _index);
                _team.Barrier();
            }
        }

        private void Await()
        {
            for (var spins = 0; spins < SpinsBeforeSleep; spins++)
            {
                if (Volatile.Read(ref _ordered)) return;
                Pause();
            }

            lock (_door)
            {
                // Ordered just before it falls asleep: either the order is seen here, or the one who gave it sees the sleeper and knocks.
                Volatile.Write(ref _asleep, true);
                Interlocked.MemoryBarrier();
                while (!Volatile.Read(ref _ordered)) Monitor.Wait(_door);
                Volatile.Write(ref _asleep, false);
            }
        }
    }
}
