namespace HealthGpt.Model.Weights.Pickles;

/// <summary>Decides what a pickle may name and build beside containers, numbers and strings.</summary>
internal interface IPickleObjects
{
    /// <summary>A global that the pickle names.</summary>
    /// <exception cref="WeightFileException">It is none of those allowed.</exception>
    PickleGlobal Allow(string module, string name);

    /// <summary>What a call of a global stands for.</summary>
    /// <exception cref="WeightFileException">It may not be called, or not like that.</exception>
    object? Build(PickleGlobal global, PickleContainer arguments);

    /// <summary>What a persistent id stands for.</summary>
    /// <exception cref="WeightFileException">It stands for nothing known.</exception>
    object? Resolve(object? persistentId);
}
