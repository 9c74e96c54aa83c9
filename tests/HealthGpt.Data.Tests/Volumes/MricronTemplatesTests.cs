using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.Tests.Volumes;

/// <summary>The volumes of Debian's mricron-data as nibabel 5.0 reads them: shape, affine (voxel sizes along the diagonal and origin) and the sum of all voxels.</summary>
public sealed class MricronTemplatesTests
{
    private const string Folder = "/usr/share/mricron/templates";

    [Theory]
    [InlineData("AICHAmc.nii.gz", "91,109,91", "-2,2,2", "90,-126,-72", 12270913)]
    [InlineData("HarvardOxford-cort-maxprob-thr0-1mm.nii.gz", "182,218,182", "-1,1,1", "90,-126,-72", 32581128)]
    [InlineData("JHU-WhiteMatter-labels-1mm.nii.gz", "182,218,182", "1,1,1", "-91,-126,-72", 3384687)]
    [InlineData("JHU-WhiteMatter-labels-2mm.nii.gz", "91,109,91", "2,2,2", "-90,-126,-72", 420763)]
    [InlineData("aal.nii.gz", "181,217,181", "1,1,1", "-90,-125,-71", 76656511)]
    [InlineData("brodmann.nii.gz", "181,217,181", "1,1,1", "-90,-125,-71", 33673306)]
    [InlineData("ch2.nii.gz", "181,217,181", "1,1,1", "-90,-125,-71", 317151210)]
    [InlineData("ch2bet.nii.gz", "181,217,181", "1,1,1", "-90,-125,-71", 158526435)]
    [InlineData("ch2better.nii.gz", "301,370,316", "0.5,0.5,0.5", "-75,-107,-69.5", 1222013263)]
    [InlineData("inia19-NeuroMaps.nii.gz", "168,206,128", "0.5,0.5,0.5", "-42,-57.5,-30", 502525881)]
    [InlineData("inia19-t1-brain.nii.gz", "168,206,128", "0.5,0.5,0.5", "-42,-57.5,-30", 75356682.64319038)]
    [InlineData("jhu189.nii.gz", "157,189,136", "-1,1,1", "78,-112,-50", 106507886)]
    [InlineData("natbrainlab.nii.gz", "157,189,136", "-1,1,1", "78,-112,-50", 23517800)]
    public void Load_AgreesWithNibabel(string name, string shape, string sizes, string origin, double sum)
    {
        var path = Path.Combine(Folder, name);
        Assert.SkipUnless(File.Exists(path), $"'{path}' is not there; install Debian's mricron-data to run this test");
        var volume = NiftiVolume.Load(path);
        Assert.Equal(shape, string.Join(',', volume.Shape));
        double[] diagonal = [.. sizes.Split(',').Select(double.Parse)], offset = [.. origin.Split(',').Select(double.Parse)];
        for (var row = 0; row < 3; row++)
        {
            for (var column = 0; column < 3; column++)
                Assert.Equal(row == column ? diagonal[row] : 0, volume.Affine[row, column], 1e-6);
            Assert.Equal(offset[row], volume.Affine[row, 3], 1e-6);
        }

        var total = 0.0;
        foreach (var value in volume.Voxels)
            total += value;
        Assert.Equal(sum, total, 1e-3 * Math.Abs(sum) * 1e-3);
    }
}
