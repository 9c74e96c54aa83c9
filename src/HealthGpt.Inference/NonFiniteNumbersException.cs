using HealthGpt.Storage.Files;

namespace HealthGpt.Inference;

/// <summary>The model computed NaN or an infinite number, so that there is no answer: its weights are damaged, or training diverged.</summary>
public sealed class NonFiniteNumbersException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="task">The task that was asked.</param>
    /// <param name="numbers">What is not finite.</param>
    /// <param name="folders">The folders whose weights were computed with.</param>
    public NonFiniteNumbersException(string model, string task, string numbers, params IEnumerable<string> folders)
        : base(
            $"The model '{model}' has no answer for the task '{task}': {numbers} are not finite numbers. "
            + $"{string.Join(" or ", folders.Select(folder => $"'healthgpt weights verify {ShellWord.Of(folder)}'"))} names the weights that are NaN or infinite; take those files again from where they came. "
            + "Where it finds none, training diverged: take an earlier checkpoint.")
    {
    }
}
