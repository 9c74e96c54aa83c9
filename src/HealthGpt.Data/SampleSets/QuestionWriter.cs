namespace HealthGpt.Data.SampleSets;

/// <summary>Writes the questions of a slice; every answer follows from its position, its version or the atlas.</summary>
public static class QuestionWriter
{
    // Positions nearer than this to a limit are not asked: a picture cannot tell them.
    private const int Ambiguous = 4;

    /// <summary>The questions to ask of a slice.</summary>
    /// <param name="slice">What is known of it.</param>
    /// <param name="index">Its number; wording and absent structures are taken in turn by it.</param>
    public static IEnumerable<Question> Write(SliceContent slice, int index)
    {
        yield return new Question("plane", index % 2 == 0 ? "Which plane is this?" : "What is the slice plane?", slice.Plane.ToString().ToLowerInvariant(), SliceFacts.PlaneStatements);
        yield return index / 2 % 2 == 0
            ? new Question("skull", "Was the skull removed?", YesNo(!slice.Skull), [SliceFacts.SkullStatement])
            : new Question("skull", "Is the skull visible?", YesNo(slice.Skull), [SliceFacts.SkullStatement]);
        foreach (var question in Level(slice))
            yield return question;
        foreach (var structure in Structures(slice, index))
        {
            var name = Structure.All[structure].Name;
            var text = (index + structure) % 2 == 0 ? $"Is the {name} visible?" : $"Does this show the {name}?";
            yield return new Question("structure", text, YesNo(slice.Structures[structure] == true), [SliceFacts.StructureStatement(structure)]);
        }
    }

    private static IEnumerable<Question> Level(SliceContent slice)
    {
        var scale = LevelScale.Of(slice.Plane);
        var position = scale.Measure(slice.Position);
        var statements = SliceFacts.LimitStatements(slice.Plane);
        if (position.DistanceTo(scale.Limits) >= Ambiguous)
            yield return new Question("level", scale.ThirdQuestion, scale.Thirds[scale.Limits.Count(limit => position > limit)], statements);
        foreach (var limit in scale.Asked.Where(limit => Math.Abs(position - limit) >= Ambiguous))
            yield return new Question("level", scale.LimitQuestion(limit), YesNo(position > limit), statements);
    }

    /// <summary>A structure that is to be seen and one that is not, taken in turn from slice to slice: more would outnumber all other questions.</summary>
    private static IEnumerable<int> Structures(SliceContent slice, int index)
    {
        var shown = Known(slice, true);
        var absent = Known(slice, false);
        return shown.Skip(index * 5 % Math.Max(1, shown.Count)).Take(1).Concat(absent.Skip(index * 5 % Math.Max(1, absent.Count)).Take(1)).Order();
    }

    private static List<int> Known(SliceContent slice, bool visible) => [.. Enumerable.Range(0, Structure.All.Count).Where(structure => slice.Structures[structure] == visible)];

    private static int DistanceTo(this int position, IEnumerable<int> limits) => limits.Min(limit => Math.Abs(position - limit));

    private static string YesNo(bool value) => value ? "yes" : "no";
}
