namespace SaeKernels.Ilgpu;

/// <summary>Where the device counts what a report says.</summary>
internal static class ScreeningCounts
{
    public const int Candidates = 0;
    public const int GivenUpRows = 1;
    public const int Length = 2;
}
