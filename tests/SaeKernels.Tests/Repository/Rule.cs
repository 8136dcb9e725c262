namespace SaeKernels.Tests.Repository;

/// <summary>Fails with every breach of a rule at once; xunit's own messages show the first few only.</summary>
internal static class Rule
{
    /// <summary>Fails where anything breaks the rule.</summary>
    /// <param name="rule">What must hold.</param>
    /// <param name="remedy">How to mend a breach.</param>
    /// <param name="breaches">What breaks it.</param>
    public static void Holds(string rule, string remedy, IEnumerable<string> breaches)
    {
        string[] found = [.. breaches];
        Assert.True(found.Length == 0, $"{rule}, but:\n  {string.Join("\n  ", found)}\n{remedy}");
    }
}
