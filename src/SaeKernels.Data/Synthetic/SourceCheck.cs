using System.Globalization;

namespace SaeKernels.Data;

/// <summary>Checks the parameters of sources.</summary>
internal static class SourceCheck
{
    /// <summary>Throws <see cref="ArgumentException"/> unless a number lies in a range, ends included.</summary>
    public static void Between(string source, string parameter, double found, double least, double most)
    {
        if (!(found >= least && found <= most))
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"{source}: {parameter} must be between {least} and {most}, but is {found}. Change it."));
        }
    }
}
